/** The event that every program echoes. */
export const ECHO_EVENT = 'echo'

/** A body of 64 bytes of JSON. */
export const BODY = Object.freeze({ seq: 1234567, from: 'alice', text: 'a short saying', ok: true })
