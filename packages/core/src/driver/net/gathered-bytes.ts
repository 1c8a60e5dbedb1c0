/**
 * Up to this length a frame is copied beside its header and its neighbours: a piece of its own costs the stream and the
 * system more than the copy.
 */
export const GATHERED_BYTES = 1_024
