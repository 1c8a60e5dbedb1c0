import { projectFiles } from '../src/init/project-files'

function packageName(folder: string): unknown {
  const text = projectFiles(folder).find(({ path }) => path === 'package.json')?.text ?? ''
  const manifest = JSON.parse(text) as { name: string }
  return manifest.name
}

describe('a new project', () => {
  it.each([
    ['/home/my-node', 'my-node'],
    ['/home/My Node!', 'my-node-'],
    ['/home/.hidden', 'hidden'],
    ['/home/_x', 'x'],
    ['/home/世界', 'node'],
    ['/', 'node'],
    [`/${'a'.repeat(300)}`, 'a'.repeat(214)]
  ])('in %s is called %s', (folder, name) => {
    expect(packageName(folder)).toBe(name)
  })

  it('has these files', () => {
    expect(projectFiles('/x').map(({ path }) => path)).toEqual([
      'package.json',
      'trustp2p.config.json',
      'README.md',
      '.gitignore',
      'threads-available/hello.mjs'
    ])
  })
})
