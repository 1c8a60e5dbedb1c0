// The script of index.html, which esbuild makes one file of.
import { visit } from './visitor.mjs'

function show(text) {
  const line = document.createElement('li')
  line.textContent = text
  document.querySelector('ul').append(line)
}

async function main() {
  const address = await (await fetch('/address')).text()
  const node = await visit({ address, title: document.title, storage: sessionStorage, show })
  addEventListener('pagehide', () => void node.suspend())
  addEventListener('pageshow', () => void node.resume())
}

main().catch(({ message }) => show(message))
