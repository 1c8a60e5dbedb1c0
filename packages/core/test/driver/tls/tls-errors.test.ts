import { tlsNotRenewed } from '../../../src/driver/tls/tls-errors'
import { P2pError } from '../../../src/errors'

describe('a certificate that is not renewed', () => {
  it('is told of with the code of what is wrong', () => {
    const cause = new P2pError('ERR_TRUSTP2P_DRIVER_TLS_EXPIRED', 'it has expired')
    const error = tlsNotRenewed('wss://a', cause)
    expect(error).toMatchObject({
      code: cause.code,
      cause,
      message: 'wss://a goes on with what it has: it has expired'
    })
  })

  it.each([
    ['no code', new Error('odd')],
    ['a code of Node', Object.assign(new Error('odd'), { code: 'ERR_OSSL_PEM_NO_START_LINE' })],
    ['a code that is none of ours', Object.assign(new Error('odd'), { code: 'ERR_TRUSTP2P_ODD' })],
    ['no error', 'odd']
  ])('for a cause with %s is told of with a code of the catalogue', (_, cause) => {
    const error = tlsNotRenewed('wss://a', cause)
    expect(error).toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_TLS_FILE_INVALID', cause })
    expect(error.message).toBe('wss://a goes on with what it has: odd')
  })
})
