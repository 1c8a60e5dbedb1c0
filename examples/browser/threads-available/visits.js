'use strict'

// Counts the visits of each page, which it knows by its peer id, and asks the page what it is called.
const { PackageType, Thread } = require('trustp2p')

const LONGEST_TITLE = 60
const MOST_VISITORS = 1000

module.exports = class Visits extends Thread {
  #counts = new Map()

  get eventMap() {
    return { [PackageType.REQUEST]: { 'visits/come': this.onCome } }
  }

  async onCome(socket) {
    const count = this.#count(socket.peerId)
    const title = await this.node.request(socket, 'page/title')
    return { title: String(title).slice(0, LONGEST_TITLE), count }
  }

  #count(peerId) {
    const count = (this.#counts.get(peerId) ?? 0) + 1
    this.#counts.set(peerId, count)
    if (this.#counts.size > MOST_VISITORS) this.#counts.delete(this.#counts.keys().next().value)
    return count
  }
}
