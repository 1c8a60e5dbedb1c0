/** The event that every program echoes. */
export const ECHO_EVENT = 'echo'

/** A body of 64 bytes of JSON. */
export const BODY = Object.freeze({ seq: 1234567, from: 'alice', text: 'a short saying', ok: true })

/** A body of 64 bytes that are no text. */
export const BYTES = Uint8Array.from({ length: 64 }, (_, index) => index * 37)
