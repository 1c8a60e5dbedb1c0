export { SocketRecorder as Recorder } from '@trustp2p/testing'
