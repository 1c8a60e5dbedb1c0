// Made from guestbook.proto by `trustp2p-cli threads types`: run it again instead of editing.
/* eslint-disable */

import { defineContract } from 'trustp2p'
import type { ContractEvent } from 'trustp2p'

export interface Entry {
  name: string
  text: string
  mood: Mood
}

export const Mood = {
  CALM: 0,
  HAPPY: 1
} as const
export type Mood = (typeof Mood)[keyof typeof Mood]

export interface Page {
  entries: Entry[]
}

export interface Place {
  number: bigint
}

export interface Range {
  most: number
}

interface Services {
  readonly Guestbook: {
    readonly read: ContractEvent<Range, Page>
    readonly sign: ContractEvent<Entry, Place>
  }
}

export const { Guestbook } = defineContract<Services>([
  {"events":{"read":{"request":".Range","response":".Page"},"sign":{"request":".Entry","response":".Place"}},"name":"guestbook","types":{".Entry":{"fields":{"1":{"label":"implicit","name":"name","type":"string"},"2":{"label":"implicit","name":"text","type":"string"},"3":{"label":"implicit","name":"mood","type":".Mood"}}},".Mood":{"values":{"CALM":0,"HAPPY":1}},".Page":{"fields":{"1":{"label":"repeated","name":"entries","type":".Entry"}}},".Place":{"fields":{"1":{"label":"implicit","name":"number","type":"int64"}}},".Range":{"fields":{"1":{"label":"implicit","name":"most","type":"int32"}}}}}
])
