// Predict first: the choice stays visible, and the answer compares it with what was seen.

export class Predict {
  /**
   * @param {HTMLElement} box
   * @param {() => void} chosen  plays the run
   * @param {AbortSignal} signal
   */
  constructor(box, chosen, signal) {
    this.picks = [...box.querySelectorAll("button.pick")];
    this.answer = /** @type {HTMLDetailsElement} */ (box.querySelector("details"));
    this.said = box.querySelector(".chosen");
    this.choice = -1;
    box.addEventListener("click", (event) => {
      const pick = event.target instanceof Element ? event.target.closest(".pick") : null;
      if (!pick) return;
      this.choice = this.picks.indexOf(pick);
      this.picks.forEach((other) => other.setAttribute("aria-pressed", String(other === pick)));
      if (this.answer.open) this.#compare();
      else chosen();
    }, { signal });
    this.answer.addEventListener("toggle", () => this.#compare(), { signal });
  }

  /** The run has been seen. */
  reveal() {
    if (this.choice >= 0) this.answer.open = true;
  }

  #compare() {
    if (!this.said || this.choice < 0) return;
    const { answer, chosen = "", right = "" } = this.answer.dataset;
    this.said.textContent = this.choice === Number(answer) ? right : chosen.replace("{n}", this.picks[this.choice]?.textContent ?? "");
  }
}
