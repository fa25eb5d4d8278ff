// The base of our elements: a part of the page that improves what the server wrote inside it.

/** Subclasses say in `start` what they listen to; all of it ends with the signal when the element leaves the page. */
export class Part extends HTMLElement {
  #life = new AbortController();

  connectedCallback() {
    this.#life = new AbortController();
    this.start(this.#life.signal);
  }

  disconnectedCallback() {
    this.#life.abort();
  }

  /** @param {AbortSignal} _signal */
  start(_signal) {}

  /**
   * The words for something, from an attribute, with `{n}` filled in.
   * @param {string} name  the attribute, without `data-`
   * @param {string | number} [n]
   */
  words(name, n = "") {
    return (this.getAttribute(`data-${name}`) ?? "").replace("{n}", String(n));
  }
}

/** @param {string} key */
export function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {string | null} value  null forgets it
 */
export function store(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Storage is closed or full: the choice holds for this page.
  }
}
