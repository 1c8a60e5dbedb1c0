import { createServer } from 'trustp2p'

/** Runs the node of a hostile run, in the folder that is given; it ends when its parent goes. */
async function main(): Promise<void> {
  const [cwd = '.'] = process.argv.slice(2)
  const node = await createServer({
    cwd,
    listen: ['ws://127.0.0.1:0'],
    log: { level: 'silent' },
    configFile: false
  })
  process.on('message', (name: string) => {
    void node.threads.reload(name).then(
      () => process.send?.('reloaded'),
      () => process.send?.('reloaded')
    )
  })
  process.once('disconnect', () => process.exit())
  process.send?.(node.addresses[0])
}

void main()
