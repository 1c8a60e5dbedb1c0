import { createServer } from 'trustp2p'

/** Runs the node of a hostile run, in the folder that is given; it ends when its parent goes, or where a thread does not run. */
async function main(): Promise<void> {
  const [cwd = '.'] = process.argv.slice(2)
  const node = await createServer({
    cwd,
    listen: ['ws://127.0.0.1:0'],
    log: { level: 'silent' },
    configFile: false
  })
  const idle = node.threads.list().find(({ state }) => state !== 'running')
  if (idle !== undefined) throw idle.error ?? new Error(`the thread ${idle.name} does not run`)
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
