/** Most refused handshakes of one address that are told of within a minute. */
export const WARNINGS_PER_MINUTE = 10
