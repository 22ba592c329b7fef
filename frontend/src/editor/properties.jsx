// What is known of the element chosen: each property with where it comes from, and what can be done with it.
import { useEffect, useRef } from "preact/hooks";
import { Condition } from "./condition.jsx";
import { places, withClosed, withText } from "./model.js";
import { addingAfter, move, shift } from "./outline.jsx";
import { Icon, Standing, Typed, fill } from "./parts.jsx";
import { Values } from "./values.jsx";

export function Properties({ store, state }) {
  const item = state.items[store.selected];
  const heading = useRef(null);
  useEffect(() => {
    if (store.focusElement) heading.current?.focus();
    store.focusElement = false;
  });
  const { say } = store;
  if (!item) return <p class="quiet">{say.choose}</p>;
  const editable = item.props.filter((one) => one.widget !== "none");
  const fixed = item.props.filter((one) => one.widget === "none");
  return (
    <>
      <h2 id="ed-element" ref={heading} tabIndex={-1}>
        {item.label}
      </h2>
      <p class="mb-2">
        <span class="quiet">{item.noun}</span> <Standing one={item.standing} say={say} />
      </p>
      {item.locks.map((lock) => (
        <p class="ed-lock">
          <Icon name="locked" /> {lock}
        </p>
      ))}
      <Place store={store} state={state} item={item} />
      {editable.map((one) => (
        <Property key={`${item.uid} ${one.prop}`} store={store} item={item} one={one} />
      ))}
      <Condition key={item.uid} store={store} state={state} item={item} />
      {item.list && state.lists[item.list] && <Values key={item.list} store={store} list={item.list} state={state} />}
      <Closing store={store} item={item} />
      {fixed.length > 0 && (
        <details class="ed-fixed">
          <summary>{fill(say.fixed, { count: fixed.length })}</summary>
          <dl>
            {fixed.map((one) => (
              <div key={one.prop}>
                <dt>{one.name}</dt>
                <dd>
                  {one.shown}
                  <State store={store} item={item} one={one} />
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      <p class="small">
        <a class="ed-more" href={`${store.addresses.plain}?element=${encodeURIComponent(item.uid)}#${item.uid}`}>{say.plain}</a>
      </p>
    </>
  );
}

function Place({ store, state, item }) {
  const { say } = store;
  const put = (event) => {
    const [container, after] = JSON.parse(event.currentTarget.value || "[]");
    event.currentTarget.value = "";
    if (container !== undefined) move(store, item.uid, container, after);
  };
  const offered = item.movable ? places(state, item.uid) : [];
  return (
    <div class="ed-place">
      <span class="ed-position">{fill(say.position, { place: item.place, count: item.siblings })}</span>
      {item.movable && (
        <>
          <button type="button" class="btn-move" aria-disabled={item.place === 1} onClick={() => shift(store, item.uid, -1)}>
            <Icon name="up" />
            <span class="visually-hidden">{fill(say.up, { label: item.label })}</span>
          </button>
          <button type="button" class="btn-move" aria-disabled={item.place === item.siblings} onClick={() => shift(store, item.uid, 1)}>
            <Icon name="down" />
            <span class="visually-hidden">{fill(say.down, { label: item.label })}</span>
          </button>
          <label class="visually-hidden" for="ed-after">
            {say.moveAfter}
          </label>
          <select id="ed-after" class="form-select form-select-sm" onChange={put}>
            <option value="">{say.moveAfter}</option>
            {offered.map((one) => (
              <option key={`${one.uid} ${one.inside}`} value={JSON.stringify([one.container, one.after])}>
                {!one.uid ? say.first : fill(one.inside ? say.inside : say.after, { label: state.items[one.uid].label })}
              </option>
            ))}
          </select>
        </>
      )}
      {item.canAdd && (
        <button type="button" class="btn btn-outline-primary btn-sm" onClick={() => store.add(addingAfter(state, item.uid))}>
          <Icon name="added" />
          {say.addHere}
        </button>
      )}
    </div>
  );
}

function Closing({ store, item }) {
  const { say } = store;
  const act = (action, closed) =>
    store.send({ action, element: item.uid }, (state) => withClosed(state, item.uid, closed));
  return (
    <div class="ed-actions">
      {item.canClose && (
        <button
          type="button"
          class="btn btn-outline-primary btn-sm"
          onClick={() => (item.closed ? act("rouvrir", false) : act("fermer", true))}
        >
          {item.closed ? say.show : say.hide}
        </button>
      )}
      {item.standing.mine && (
        <button
          type="button"
          class="btn btn-outline-primary btn-sm"
          onClick={() => {
            store.focusElement = true;
            store.send({ action: "retablir", element: item.uid, prop: "" });
          }}
        >
          <Icon name="undo" />
          {item.standing.state === "added" ? say.giveUp : say.restoreAll}
        </button>
      )}
    </div>
  );
}

function Property({ store, item, one }) {
  const id = `ed-${one.prop.replace(/\W/g, "-")}`;
  const refused = store.refused?.element === item.uid && store.refused.prop === one.prop ? store.refused : null;
  const shared = {
    id,
    "aria-describedby": `${id}-etat${refused ? ` ${id}-erreur` : ""}`,
    "aria-invalid": refused ? "true" : undefined,
  };
  const choose = (text) => {
    const fields = { action: "enregistrer", element: item.uid, props: one.prop, [one.prop]: text };
    store.send(fields, (state) => withText(state, item.uid, one.prop, text));
  };
  let input;
  if (one.widget === "select") {
    input = (
      <select class="form-select" {...shared} value={one.text || one.choices.find(([, , chosen]) => chosen)?.[0]} onChange={(event) => choose(event.currentTarget.value)}>
        {one.choices.map(([code, label]) => (
          <option key={code} value={code}>
            {label}
          </option>
        ))}
      </select>
    );
  } else if (one.widget === "yes_no") {
    input = (
      <select class="form-select" {...shared} value={one.text} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="oui">{store.say.yes}</option>
        <option value="non">{store.say.no}</option>
      </select>
    );
  } else if (one.widget === "boxes") {
    const kept = one.choices.filter(([, , chosen]) => chosen).map(([code]) => code);
    const toggle = (code) => choose(kept.includes(code) ? kept.filter((other) => other !== code) : [...kept, code]);
    return (
      <fieldset class="mb-3" {...shared}>
        <legend class="form-label fs-6 mb-1">{one.name}</legend>
        <State store={store} item={item} one={one} id={id} />
        {one.choices.map(([code, label, chosen], rank) => (
          <div class="form-check" key={code}>
            <input class="form-check-input" type="checkbox" id={`${id}-${rank}`} checked={chosen} onChange={() => toggle(code)} />
            <label class="form-check-label" for={`${id}-${rank}`}>
              {label}
            </label>
          </div>
        ))}
      </fieldset>
    );
  } else {
    const long = one.widget === "long" || one.widget === "lines";
    input = (
      <Typed
        class={`form-control${refused ? " is-invalid" : ""}`}
        {...shared}
        long={long}
        rows={long ? 3 : undefined}
        inputMode={one.widget === "number" ? "decimal" : undefined}
        autoComplete="off"
        value={refused ? refused.text : one.text}
        onType={(text) => store.type(item.uid, one.prop, text)}
        onLeave={() => store.flush()}
      />
    );
  }
  return (
    <div class="mb-3">
      <label class="form-label mb-1" for={id}>
        {one.name}
        {one.required && <span class="quiet fw-normal"> {store.say.required}</span>}
      </label>
      <State store={store} item={item} one={one} id={id} />
      {refused && (
        <div class="invalid-feedback d-block mb-1" id={`${id}-erreur`}>
          {refused.message}
        </div>
      )}
      {input}
    </div>
  );
}

// Inherited, changed here, added here, locked: in words beside an icon, with what is inherited and the way back.
export function State({ store, item, one, id }) {
  const { say } = store;
  const { standing } = one;
  const restore = () => {
    store.send({ action: "retablir", element: item.uid, prop: one.prop }, null, () => id && document.getElementById(id)?.focus());
  };
  return (
    <div class="prop-state">
      <span class="prop-words" id={id && `${id}-etat`}>
        <Standing one={standing} say={say} />
        {standing.why && <span class="quiet">{standing.why}</span>}
        {standing.narrow && <span class="quiet">{say.narrow}</span>}
        {one.inherited !== undefined && <span class="quiet">{fill(say.inherited, { value: one.inherited })}</span>}
      </span>
      {standing.state === "changed" && standing.editable && (
        <button type="button" class="btn-plain" onClick={restore}>
          {say.restore}
          <span class="visually-hidden"> « {one.name} »</span>
        </button>
      )}
      <a href={`${store.addresses.origin}?element=${encodeURIComponent(item.uid)}&prop=${encodeURIComponent(one.prop)}`}>
        {say.origin}
        <span class="visually-hidden"> {one.name}</span>
      </a>
    </div>
  );
}
