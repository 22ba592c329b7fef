// Autosave (C8-C10): each change is sent within a second, without validation; the page says when it
// was last saved; a failure is announced at once, the input stays, and it is tried again.
const DELAY = 700; // ms after the last key
const RETRY = 5_000; // ms between tries while the server cannot be reached

export function watchDrafts(root) {
  for (const form of root.querySelectorAll("form[data-autosave]")) new Draft(form);
}

class Draft {
  constructor(form) {
    this.form = form;
    this.status = document.getElementById(form.dataset.autosaveStatus);
    this.version = form.dataset.draftVersion ?? "";
    this.changed = false;
    this.saving = null;
    this.timer = null;
    form.addEventListener("input", () => this.later(DELAY));
    form.addEventListener("change", () => this.later(0));
    form.addEventListener("focusin", (event) => (this.at = event.target.name ?? this.at));
    form.addEventListener("submit", (event) => this.submit(event));
    this.resume();
    window.addEventListener("pagehide", () => this.leave());
    window.addEventListener("online", () => this.changed && this.later(0));
    window.addEventListener("beforeunload", (event) => {
      if (this.failed && this.changed && !this.submitted) event.preventDefault();
    });
  }

  // Whoever comes back lands on the question they left (C11), unless they are writing already.
  resume() {
    const name = this.form.dataset.resume;
    if (name && !document.activeElement?.form) this.form.querySelector(`[name="${CSS.escape(name)}"]`)?.focus();
  }

  later(delay) {
    this.changed = true;
    if (this.parted) return; // only choosing helps, and the button that offers it must stay under the pointer
    if (this.status?.dataset.state === "saved") this.status.dataset.state = "changed"; // no longer all of it
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), delay);
  }

  body() {
    const data = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) if (typeof value === "string") data.append(name, value);
    data.set("draft_version", this.version);
    if (this.at) data.set("draft_at", this.at);
    return data;
  }

  async save() {
    while (this.saving) await this.saving;
    if (!this.changed || this.submitted || this.closing) return;
    this.changed = false;
    if (!this.failed) this.say("saving"); // what a failure offers stays in sight until a save succeeds
    this.saving = this.send().finally(() => (this.saving = null));
    await this.saving;
  }

  async send() {
    let answer;
    try {
      answer = await fetch(this.form.dataset.autosave, {
        method: "POST",
        body: this.body(),
        headers: { Accept: "application/json" },
        redirect: "error",
      });
    } catch {
      return this.fail("offline", true);
    }
    const told = await answer.json().catch(() => ({}));
    if (answer.ok) {
      this.failed = false;
      this.version = told.version ?? this.version;
      if (this.form.elements.draft_version) this.form.elements.draft_version.value = this.version;
      return this.say(this.changed ? "changed" : "saved", told.message); // more was typed meanwhile
    }
    if (answer.status === 401 || told.code === "http.400") {
      // Signed out, or signed in again elsewhere: the same page gives the token of the new session.
      const renewed = await this.renew();
      return this.fail("signedout", true, renewed ? 0 : RETRY);
    }
    // A colleague changed the same page: trying again would not help, the page offers to choose.
    this.parted = told.code === "brouillon.change";
    if (this.parted) return this.fail("conflict", false, RETRY, told.message);
    return this.fail("refused", answer.status >= 500, RETRY, told.message);
  }

  async renew() {
    const page = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!page?.ok || page.redirected) return false;
    const found = new DOMParser().parseFromString(await page.text(), "text/html");
    const token = found.querySelector("form[data-autosave] [name=csrf_token]")?.value;
    const changed = Boolean(token) && token !== this.form.elements.csrf_token.value;
    if (changed) this.form.elements.csrf_token.value = token;
    return changed;
  }

  fail(state, again, delay = RETRY, message = "") {
    this.failed = true;
    this.changed = true;
    if (delay) this.say(state, message); // else it is tried again at once: nothing to tell yet
    clearTimeout(this.timer);
    if (again) this.timer = setTimeout(() => this.save(), delay);
  }

  say(state, message) {
    if (!this.status) return;
    const sentence = message || this.status.dataset[state] || "";
    this.status.dataset.state = state;
    if (state === "saving") return; // not announced: only what was saved or lost is worth hearing
    this.status.textContent = sentence;
  }

  async submit(event) {
    if (this.submitted) return;
    clearTimeout(this.timer);
    if (this.saving) {
      // The submission waits for the save under way, then carries everything itself.
      event.preventDefault();
      if (this.closing) return;
      this.closing = true; // no other save starts meanwhile: it would be newer than the submission
      while (this.saving) await this.saving;
      this.submitted = true;
      this.form.requestSubmit(event.submitter);
      return;
    }
    this.submitted = true;
  }

  leave() {
    if (this.changed && !this.submitted) navigator.sendBeacon(this.form.dataset.autosave, this.body());
  }
}
