// The form editor. Plain pages of the console do the same without a script; the page links to them.
import { render } from "preact";
import { useEffect, useReducer, useRef } from "preact/hooks";
import { Adding } from "./adding.jsx";
import { Outline } from "./outline.jsx";
import { Icon, fill } from "./parts.jsx";
import { Preview } from "./preview.jsx";
import { Properties } from "./properties.jsx";
import { Store } from "./store.js";

function Editor({ store }) {
  const [, redraw] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    store.listeners.add(redraw);
    return () => store.listeners.delete(redraw);
  }, []);
  useEffect(() => {
    const onKey = (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.target.closest("input, textarea, select, dialog")) return;
      const key = event.key.toLowerCase();
      if (key !== "z" && key !== "y") return;
      event.preventDefault();
      store.send({ action: key === "y" || event.shiftKey ? "refaire" : "annuler" });
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  const { state } = store;
  return (
    <>
      <Bar store={store} state={state} />
      <div class="visually-hidden" role="status" aria-live="polite">
        {store.message}
      </div>
      {store.refused && !store.refused.prop && (
        <p class="alert alert-danger" role="alert">
          {store.refused.message}
        </p>
      )}
      {store.warned?.map((warning) => (
        <p class="alert alert-warning" key={warning}>
          <Icon name="warning" /> {warning}
        </p>
      ))}
      {state.problems.map((problem) => (
        <p class="alert alert-danger" key={problem}>
          <Icon name="warning" /> {problem}
        </p>
      ))}
      <div class="ed-panes">
        <nav class="ed-pane ed-outline" aria-labelledby="ed-outline">
          <h2 id="ed-outline">{store.say.outline}</h2>
          <p class="quiet small">{store.say.keys}</p>
          <Outline store={store} state={state} />
          <Paths store={store} state={state} />
        </nav>
        <Preview store={store} state={state} />
        <section class="ed-pane ed-properties" aria-label={store.say.properties}>
          {store.adding ? <Adding store={store} state={state} /> : <Properties store={store} state={state} />}
        </section>
      </div>
      {store.clash && <Clash store={store} />}
    </>
  );
}

function Bar({ store, state }) {
  const { say } = store;
  const bad = store.status === "offline" || store.status === "signedOut";
  const act = (action, possible) => () => possible && store.send({ action });
  return (
    <div class="ed-bar" role="region" aria-label={say.work}>
      <button type="button" class="btn btn-outline-primary btn-sm" aria-disabled={!state.canUndo} onClick={act("annuler", state.canUndo)}>
        <Icon name="undo" />
        {say.undo}
      </button>
      <button type="button" class="btn btn-outline-primary btn-sm" aria-disabled={!state.canRedo} onClick={act("refaire", state.canRedo)}>
        <Icon name="redo" />
        {say.redo}
      </button>
      <p class={bad ? "ed-status text-danger" : "ed-status"} role={bad ? "alert" : undefined} data-status={store.status}>
        {say.status[store.status]}
      </p>
      {store.others.length > 0 && (
        <p class="state state-warn ed-others" role="status">
          <Icon name="warning" />
          {fill(say.others, { names: store.others.join(" ; ") })}
        </p>
      )}
      <a class={`btn btn-sm ${state.changes ? "btn-primary" : "btn-outline-primary"} ms-auto`} href={store.addresses.draft}>
        {state.changes ? fill(say.review, { count: state.changes }) : say.nothing}
      </a>
    </div>
  );
}

function Paths({ store, state }) {
  const { never, dead, unsure } = state.paths;
  const { say } = store;
  const found = [...never.map((one) => ({ ...one, bad: true })), ...dead];
  return (
    <details class="ed-paths" open={never.length > 0}>
      <summary>{found.length ? fill(say.pathsFound, { count: found.length }) : say.pathsGood}</summary>
      {never.length > 0 && <p class="text-danger mb-1">{say.pathsBlock}</p>}
      <ul>
        {found.map((one) => (
          <li key={one.sentence}>
            {one.sentence}{" "}
            <button
              type="button"
              class="btn-plain"
              onClick={() => {
                store.focusElement = true;
                store.select(one.uid);
              }}
            >
              {say.see}
              <span class="visually-hidden"> {state.items[one.uid]?.label}</span>
            </button>
          </li>
        ))}
        {unsure.map((label) => (
          <li key={label}>{fill(say.unsure, { label })}</li>
        ))}
      </ul>
    </details>
  );
}

// Two people changed the same draft: nothing is overwritten, the second one says what becomes of their change.
function Clash({ store }) {
  const dialog = useRef(null);
  const back = useRef(document.activeElement);
  const { say, clash } = store;
  useEffect(() => {
    dialog.current.showModal();
    return () => back.current?.focus?.();
  }, []);
  return (
    <dialog ref={dialog} class="ed-clash" aria-labelledby="ed-clash" onCancel={(event) => event.preventDefault()}>
      <h2 id="ed-clash">{say.clash}</h2>
      <p>{clash.message}</p>
      <h3>{say.theirs}</h3>
      <ul>
        {clash.theirs.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      <h3>{say.mine}</h3>
      <ul>
        {clash.mine.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      <div class="d-flex flex-wrap gap-2">
        <button type="button" class="btn btn-primary" onClick={() => store.settle(true)}>
          {say.keepMine}
        </button>
        <button type="button" class="btn btn-outline-primary" onClick={() => store.settle(false)}>
          {say.keepTheirs}
        </button>
      </div>
    </dialog>
  );
}

document.addEventListener("DOMContentLoaded", async () => {
  const root = document.getElementById("editeur");
  if (!root) return;
  const store = new Store(JSON.parse(root.dataset.told), root.querySelector("[name=csrf_token]").value);
  try {
    await store.load();
  } catch {
    root.querySelector("[data-attente]").hidden = true;
    root.querySelector("[data-echec]").hidden = false;
    return;
  }
  root.replaceChildren();
  render(<Editor store={store} />, root);
});
