// Work that can wait until the page has nothing else to do, but not for ever: a busy machine is never idle.

/** @param {() => unknown} work */
export function soon(work) {
  if ("requestIdleCallback" in window) requestIdleCallback(() => work(), { timeout: 1500 });
  else setTimeout(work);
}
