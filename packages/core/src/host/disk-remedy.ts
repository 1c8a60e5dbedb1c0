import { errorCode } from '../errors'

/** What to do where something could not be written, by the error of Node. */
export function diskRemedy(cause: unknown): string {
  switch (errorCode(cause)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'make room on its disk'
    case 'EROFS':
      return 'its disk cannot be written to: choose another folder'
    default:
      return 'mend its permissions'
  }
}
