// What the editor shows, computed without the browser: answers of the server merged, changes foreseen.

// The state the server tells, what did not change kept as it was: only the rest is drawn again.
export function merge(base, told) {
  const items = {};
  for (const uid of told.order) {
    const [had, item] = [base?.items[uid], told.items[uid]];
    items[uid] = had && JSON.stringify(had) === JSON.stringify(item) ? had : item;
  }
  return { ...told, items };
}

const withItem = (state, uid, changes) =>
  state.items[uid] ? { ...state, items: { ...state.items, [uid]: { ...state.items[uid], ...changes } } } : state;

// A property as it will be once the server has said yes.
export function withText(state, uid, prop, text) {
  const item = state.items[uid];
  if (!item) return state;
  const props = item.props.map((one) =>
    one.prop === prop ? { ...one, text, choices: one.choices?.map(([code, label]) => [code, label, code === text]) } : one,
  );
  return withItem(state, uid, prop === "label" ? { props, label: text || item.label } : { props });
}

export const withClosed = (state, uid, closed) => withItem(state, uid, { closed });

// An element and what it holds: they stand together in the outline.
export function block(state, uid) {
  const start = state.order.indexOf(uid);
  let end = start + 1;
  if (state.items[uid]?.heading) {
    while (end < state.order.length && state.items[state.order[end]].depth > state.items[uid].depth) end += 1;
  }
  return state.order.slice(start, end);
}

export const siblings = (state, uid) =>
  state.order.filter((one) => state.items[one].container === state.items[uid].container);

// Moves an element in a container, after another of it ("" for the first place).
export function moved(state, uid, container, after) {
  const item = state.items[uid];
  const taken = block(state, uid);
  if (!item || taken.includes(after) || taken.includes(container)) return state;
  const rest = state.order.filter((one) => !taken.includes(one));
  const inside = rest.filter((one) => state.items[one].container === container);
  let place = inside.length ? rest.indexOf(inside[0]) : rest.indexOf(container) + 1;
  if (after) place = rest.indexOf(block({ ...state, order: rest }, after).at(-1)) + 1;
  const depth = inside.length ? state.items[inside[0]].depth : (state.items[container]?.depth ?? -1) + 1;
  const order = [...rest.slice(0, place), ...taken, ...rest.slice(place)];
  const items = { ...state.items };
  for (const one of taken) items[one] = { ...items[one], depth: items[one].depth + depth - item.depth };
  items[uid] = { ...items[uid], container };
  return numbered({ ...state, order, items }, [item.container, container]);
}

// A question that is on its way: shown at its place, not to be changed yet.
export function added(state, uid, label, container, after) {
  const near = state.items[after] ?? state.items[container];
  const item = {
    uid,
    label,
    noun: "",
    depth: state.items[after]?.depth ?? (near?.depth ?? -1) + 1,
    container,
    place: 1,
    siblings: 1,
    standing: { state: "added", words: "" },
    locks: [],
    props: [],
    choices: [],
    coming: true,
  };
  const place = after ? state.order.indexOf(block(state, after).at(-1)) + 1 : state.order.indexOf(container) + 1;
  const order = [...state.order.slice(0, place), uid, ...state.order.slice(place)];
  return numbered({ ...state, order, items: { ...state.items, [uid]: item } }, [container]);
}

function numbered(state, containers) {
  const items = { ...state.items };
  for (const container of new Set(containers)) {
    const inside = state.order.filter((uid) => items[uid].container === container);
    inside.forEach((uid, rank) => (items[uid] = { ...items[uid], place: rank + 1, siblings: inside.length }));
  }
  return { ...state, items };
}

// Where an element dropped at a place of the outline goes: [container, after], null where it cannot be.
export function dropped(state, uid, index) {
  const taken = block(state, uid);
  const rest = state.order.filter((one) => !taken.includes(one));
  const item = state.items[uid];
  let before = rest[index - 1];
  if (item.heading) {
    while (before && state.items[before].container !== item.container) before = state.items[before].container;
    return [item.container, before && state.items[before] ? before : ""];
  }
  if (!before) return null;
  if (state.items[before].heading) return [before, ""];
  return [state.items[before].container, before];
}

// The places an element may be put at, as the list « Déplacer après… » offers them.
export function places(state, uid) {
  const taken = block(state, uid);
  const item = state.items[uid];
  const found = [];
  if (item.heading) found.push({ container: item.container, after: "", uid: "" });
  for (const one of state.order) {
    const other = state.items[one];
    if (taken.includes(one) || other.coming) continue;
    if (item.heading) {
      if (other.container === item.container) found.push({ container: item.container, after: one, uid: one });
    } else if (other.heading) found.push({ container: one, after: "", uid: one, inside: true });
    else found.push({ container: other.container, after: one, uid: one });
  }
  return found;
}
