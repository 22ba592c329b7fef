// The draft seen from this window: what the server confirmed, then what is on its way, then what is being typed.
import { merge, withText } from "./model.js";

const RETRY = 5_000; // ms between tries while the server cannot be reached
const PAUSE = 500; // ms after the last key before a text is sent
const PRESENCE = 20_000; // ms between two signs of presence

export class Store {
  constructor(told, csrf) {
    Object.assign(this, { ...told, csrf, say: told.words.say });
    this.base = null;
    this.queue = [];
    this.typing = null;
    this.status = "saved";
    this.message = "";
    this.problems = {};
    this.others = [];
    this.clash = null;
    this.listeners = new Set();
    this.selected = told.chosen;
    this.adding = null;
    this.confirmed = 0; // grows with each answer: what the preview looks at
    window.addEventListener("beforeunload", (event) => (this.queue.length || this.typing) && event.preventDefault());
    window.addEventListener("pagehide", () => this.leave());
    window.addEventListener("online", () => this.work());
  }

  get state() {
    if (!this.seen) {
      let state = this.queue.reduce((found, one) => (one.foresee ? one.foresee(found) : found), this.base);
      if (this.typing) state = withText(state, this.typing.uid, this.typing.prop, this.typing.text);
      this.seen = state;
    }
    return this.seen;
  }

  changed() {
    this.seen = null;
    for (const listener of this.listeners) listener();
  }

  announce(message) {
    this.message = message;
    this.changed();
  }

  async load() {
    const answer = await fetch(this.addresses.state, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`state ${answer.status}`);
    this.base = await answer.json();
    if (!this.base.items[this.selected]) this.selected = this.base.order.find((uid) => !this.base.items[uid].heading) ?? "";
    this.confirmed += 1;
    this.changed();
    this.appear();
    setInterval(() => this.appear(), PRESENCE);
  }

  select(uid) {
    this.flush();
    this.selected = uid;
    this.adding = null;
    this.problems = {};
    this.changed();
  }

  add(place) {
    this.flush();
    this.adding = place;
    this.problems = {};
    this.changed();
  }

  type(uid, prop, text) {
    if (this.typing && (this.typing.uid !== uid || this.typing.prop !== prop)) this.flush();
    this.typing = { uid, prop, text };
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.flush(), PAUSE);
    this.changed();
  }

  flush() {
    clearTimeout(this.pause);
    if (!this.typing) return;
    const { uid, prop, text } = this.typing;
    this.typing = null;
    const fields = { action: "enregistrer", element: uid, props: prop, [prop]: text };
    this.send(fields, (state) => withText(state, uid, prop, text));
  }

  // Puts a change in the queue: shown at once as `foresee` says, sent in turn; `then` gets the answer of the server.
  send(fields, foresee, then) {
    if (this.typing && fields.action !== "enregistrer") this.flush();
    this.queue.push({ fields, foresee, then });
    this.problems = {};
    this.changed();
    this.work();
  }

  async work() {
    if (this.working || this.clash || !this.queue.length) return;
    this.working = true;
    clearTimeout(this.again);
    this.tell("saving");
    while (this.queue.length && !this.clash) {
      const [one] = this.queue;
      let answer, told;
      try {
        answer = await this.post(this.addresses.change, { ...one.fields, ...this.versions(one.fields) });
        told = await answer.json();
      } catch {
        answer = null;
      }
      if (!answer || answer.status >= 500 || answer.status === 401) {
        this.working = false;
        this.again = setTimeout(() => this.work(), RETRY);
        return this.tell(answer?.status === 401 ? "signedOut" : "offline");
      }
      this.answered(one, answer, told);
    }
    this.working = false;
    if (!this.clash) this.tell("saved");
  }

  // The drafts as this window shows them: that of the form, that of the list a change is about.
  versions(fields) {
    const list = this.base.lists[fields["dans-liste"]];
    return { version: this.base.version, ...(list && { "version-liste": list.version }) };
  }

  answered(one, answer, told) {
    if (answer.status === 409 && told.state) {
      this.clash = { ...told, one };
      this.base = told.state;
    } else {
      this.queue.shift();
      if (answer.ok) {
        this.base = merge(this.base, told.state);
        this.message = [told.said, ...told.warned].filter(Boolean).join(" ");
        this.warned = told.warned;
        this.problems = {};
        this.confirmed += 1;
        one.then?.(told);
      } else {
        this.problems = told.problems ?? {};
        this.message = told.message;
        const { element, props } = one.fields;
        this.refused = one.failed ? null : { element, prop: props, text: props && one.fields[props], message: told.message };
        one.failed?.(told);
      }
      if (answer.ok) this.refused = null;
    }
    this.changed();
  }

  // After two people changed the same draft: mine goes on top of theirs, or is given up.
  settle(keepMine) {
    if (!keepMine) this.queue = [];
    this.clash = null;
    this.confirmed += 1;
    this.changed();
    if (this.queue.length) this.work();
    else this.tell("saved");
  }

  tell(status) {
    this.status = status;
    this.changed();
  }

  post(address, fields) {
    const body = new FormData();
    body.append("csrf_token", this.csrf);
    for (const [name, value] of Object.entries(fields)) {
      for (const one of [].concat(value)) body.append(name, one ?? "");
    }
    return fetch(address, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error" });
  }

  async appear() {
    try {
      const answer = await this.post(this.addresses.presence, {});
      if (!answer.ok) return;
      const told = await answer.json();
      const behind = !this.queue.length && !this.working && String(told.version) !== String(this.base.version);
      const before = this.others.join();
      this.others = told.others;
      if (behind) this.base = await (await fetch(this.addresses.state, { headers: { Accept: "application/json" } })).json();
      if (behind) this.message = this.say.followed.replace("{name}", told.author);
      if (behind) this.confirmed += 1;
      if (behind || before !== this.others.join()) this.changed();
    } catch {
      // presence is a courtesy: changes themselves say when the server is away
    }
  }

  leave() {
    const body = new FormData();
    body.append("csrf_token", this.csrf);
    body.append("depart", "1");
    navigator.sendBeacon(this.addresses.presence, body);
  }
}
