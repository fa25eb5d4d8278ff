// <ask-form> around form.ask of the results page: keys, and long texts posted.

import { asks } from "../lib/ask.js";
import { Part } from "../lib/part.js";

class AskForm extends Part {
  /** @param {AbortSignal} signal */
  start(signal) {
    const form = this.querySelector("form");
    const box = this.querySelector("textarea");
    if (form && box) asks(form, box, signal);
  }
}

customElements.define("ask-form", AskForm);
