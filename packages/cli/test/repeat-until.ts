const PAUSE_MS = 20

/**
 * Does something again and again until something else has happened: for what tells nobody when it begins. Gives what
 * happened; rejects as it does.
 */
export async function repeatUntil<Result>(act: () => void, happened: Promise<Result>): Promise<Result> {
  const timer = setInterval(act, PAUSE_MS)
  try {
    return await happened
  } finally {
    clearInterval(timer)
  }
}
