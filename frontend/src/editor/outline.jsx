// The outline: a tree by keyboard, dragged by mouse; both ask for the same change.
import Sortable from "sortablejs";
import { Component } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { dropped, moved, siblings } from "./model.js";
import { Icon, fill } from "./parts.jsx";

export function move(store, uid, container, after) {
  const next = moved(store.state, uid, container, after);
  if (next === store.state) return;
  const { label, place, siblings: count } = next.items[uid];
  store.send({ action: "ranger", element: uid, dans: container, apres: after }, (state) => moved(state, uid, container, after));
  store.announce(fill(store.say.place, { label, place, count }));
}

export function shift(store, uid, step) {
  const { state } = store;
  const around = siblings(state, uid);
  const rank = around.indexOf(uid) + step;
  if (!state.items[uid].movable || rank < 0 || rank >= around.length) return;
  const others = around.filter((one) => one !== uid);
  move(store, uid, state.items[uid].container, rank ? others[rank - 1] : "");
}

export function addingAfter(state, uid) {
  const item = state.items[uid];
  return item.heading ? { container: uid, after: "" } : { container: item.container, after: uid };
}

class Row extends Component {
  shouldComponentUpdate(next) {
    return next.item !== this.props.item || next.selected !== this.props.selected || next.reached !== this.props.reached;
  }

  render({ item, selected, reached, store }) {
    const { say } = store;
    return (
      <li
        role="treeitem"
        id={`plan-${item.uid}`}
        class={`ed-row ed-depth-${Math.min(item.depth, 3)}${item.heading ? " ed-heading" : ""}${item.closed ? " ed-closed" : ""}${item.coming ? " ed-coming" : ""}`}
        data-uid={item.uid}
        aria-level={item.depth + 1}
        aria-posinset={item.place}
        aria-setsize={item.siblings}
        aria-selected={selected}
        aria-label={`${item.label}, ${item.noun}${item.standing.state === "inherited" ? "" : `, ${item.standing.words}`}${item.closed ? `, ${say.hidden}` : ""}, ${fill(say.position, { place: item.place, count: item.siblings })}`}
        tabIndex={reached ? 0 : -1}
        onClick={() => !item.coming && store.select(item.uid)}
      >
        {item.movable && (
          <span class="ed-grip" title={say.drag}>
            <Icon name="grip" />
          </span>
        )}
        <span class="ed-label">{item.label}</span>
        {item.closed && <span class="state state-bad">{say.hidden}</span>}
        {item.standing.state !== "inherited" && (
          <span class={`ed-mark ed-mark-${item.standing.state}`} title={item.standing.words}>
            <Icon name={item.standing.state} />
          </span>
        )}
        {item.canAdd && (
          <button
            type="button"
            class="ed-plus"
            tabIndex={-1}
            title={say.addHere}
            aria-label={fill(say.addAfter, { label: item.label })}
            onClick={(event) => {
              event.stopPropagation();
              store.add(addingAfter(store.state, item.uid));
            }}
          >
            <Icon name="added" />
          </button>
        )}
      </li>
    );
  }
}

// Scrolls the pane to a row that is out of sight, never the page.
function reveal(row) {
  const tree = row?.closest(".ed-tree");
  const pane = tree && (tree.scrollHeight > tree.clientHeight ? tree : tree.closest(".ed-pane"));
  if (!pane) return;
  const [seen, place] = [pane.getBoundingClientRect(), row.getBoundingClientRect()];
  const bottom = Math.min(seen.bottom, window.innerHeight);
  if (place.top < seen.top || place.bottom > bottom) pane.scrollTop += place.top - seen.top - (bottom - seen.top) / 3;
}

export function Outline({ store, state }) {
  const list = useRef(null);
  const reached = state.items[store.selected] ? store.selected : state.order[0];
  useEffect(() => {
    const sortable = Sortable.create(list.current, {
      handle: ".ed-grip",
      animation: 0,
      onEnd: ({ item, oldIndex, newIndex }) => {
        // The browser moved the row; put it back: what is shown comes from the state only.
        const rows = [...list.current.children].filter((row) => row !== item);
        list.current.insertBefore(item, rows[oldIndex] ?? null);
        const target = oldIndex === newIndex ? null : dropped(store.state, item.dataset.uid, newIndex);
        if (target) move(store, item.dataset.uid, ...target);
      },
    });
    return () => sortable.destroy();
  }, []);
  useEffect(() => reveal(document.getElementById(`plan-${reached}`)), [reached]);

  const go = (uid) => {
    if (!uid) return;
    store.select(uid);
    requestAnimationFrame(() => document.getElementById(`plan-${uid}`)?.focus());
  };
  const onKeyDown = (event) => {
    const uid = event.target.dataset?.uid;
    if (!uid) return;
    const rank = state.order.indexOf(uid);
    const item = state.items[uid];
    const keys = {
      ArrowDown: () => (event.altKey ? shift(store, uid, 1) : go(state.order[rank + 1])),
      ArrowUp: () => (event.altKey ? shift(store, uid, -1) : go(state.order[rank - 1])),
      ArrowLeft: () => go(state.items[item.container] ? item.container : null),
      ArrowRight: () => item.heading && go(state.order.find((one) => state.items[one].container === uid)),
      Home: () => go(state.order[0]),
      End: () => go(state.order.at(-1)),
      Enter: () => document.getElementById("ed-element")?.focus(),
      " ": () => document.getElementById("ed-element")?.focus(),
      Insert: () => item.canAdd && store.add(addingAfter(state, uid)),
      "+": () => item.canAdd && store.add(addingAfter(state, uid)),
    };
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  };
  return (
    <ul role="tree" class="ed-tree" ref={list} aria-label={store.say.outline} onKeyDown={onKeyDown}>
      {state.order.map((uid) => (
        <Row key={uid} item={state.items[uid]} selected={uid === store.selected} reached={uid === reached} store={store} />
      ))}
    </ul>
  );
}
