import { median } from './statistics'
import type { Spread } from './statistics'

export function decimals(value: number): string {
  return value.toFixed(2)
}

export function oneDecimal(value: number): string {
  return value.toFixed(1)
}

export function milliseconds(value: number): string {
  return `${value.toFixed(0)} ms`
}

export function microseconds(value: number): string {
  return `${value.toFixed(0)} µs`
}

export function nanoseconds(value: number): string {
  return `${value.toFixed(0)} ns`
}

export function kibibytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MiB`
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** The median of figures per second, in thousands. */
export function perSecond(values: readonly number[]): string {
  return `${(median(values) / 1000).toFixed(1)}k`
}

export function range({ least, most }: Spread, format: (value: number) => string): string {
  return `${format(least)} .. ${format(most)}`
}
