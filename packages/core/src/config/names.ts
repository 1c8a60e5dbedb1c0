/** Most characters of a node's name. */
export const LONGEST_NODE_NAME = 64

/** What a node may be called: no dot at the front, no slash anywhere. */
export const NODE_NAME = new RegExp(`^[A-Za-z0-9][\\w.-]{0,${LONGEST_NODE_NAME - 1}}$`)

/** Environment variables whose names begin so are meant for us. */
export const ENVIRONMENT_PREFIX = 'TRUSTP2P_'
