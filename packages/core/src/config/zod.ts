/**
 * What the schema of the configuration takes of zod. The build makes one file of this and of the parts of zod behind it: each
 * process that starts a node reads that, in a tenth of the time that all of zod takes.
 */
export {
  array,
  boolean,
  cidrv4,
  cidrv6,
  enum,
  exactOptional,
  globalRegistry,
  int,
  ipv4,
  ipv6,
  maximum,
  maxLength,
  minimum,
  number,
  record,
  refine,
  regex,
  safeParse,
  strictObject,
  string,
  union,
  unknown,
  ZodMiniExactOptional,
  ZodMiniObject,
  ZodMiniRecord,
  ZodMiniUnknown
} from 'zod/mini'
export type { core, ZodMiniType } from 'zod/mini'
