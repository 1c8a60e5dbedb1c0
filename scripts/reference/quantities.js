'use strict'

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB']
const SECOND_MS = 1000

function plainNumber(number) {
  return number.toLocaleString('en-US', { maximumFractionDigits: 3 })
}

/** Gives a number of bytes in the largest unit that it is a whole number of. */
function size(bytes, unit = 0) {
  if (unit === UNITS.length - 1 || bytes % 1024 !== 0) return `${plainNumber(bytes)} ${UNITS[unit]}`
  return size(bytes / 1024, unit + 1)
}

/** Gives a time in seconds where it is a whole number of those. */
function time(ms) {
  return ms % SECOND_MS === 0 ? `${plainNumber(ms / SECOND_MS)} s` : `${plainNumber(ms)} ms`
}

module.exports = { plainNumber, size, time }
