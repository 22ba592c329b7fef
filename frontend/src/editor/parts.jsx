// Small pieces used everywhere: an icon, how something stands, a field that is typed in.
import { useEffect, useRef, useState } from "preact/hooks";

const DRAWN = {
  inherited: "M8 1v9M4.5 6.5 8 10l3.5-3.5M2 14h12",
  changed: "M2 14l1-4 8-8 3 3-8 8-4 1zM9.5 3.5l3 3",
  added: "M8 2v12M2 8h12",
  locked: "M3 7h10v7H3zM5 7V5a3 3 0 0 1 6 0v2",
  up: "M8 13V3M3.5 7.5 8 3l4.5 4.5",
  down: "M8 3v10M3.5 8.5 8 13l4.5-4.5",
  undo: "M3 6h7a3.5 3.5 0 0 1 0 7H6M6 3 3 6l3 3",
  redo: "M13 6H6a3.5 3.5 0 0 0 0 7h4M10 3l3 3-3 3",
  grip: "M6 3v.01M10 3v.01M6 8v.01M10 8v.01M6 13v.01M10 13v.01",
  warning: "M8 1.5 15 14H1zM8 6v4M8 12v.5",
};
const STYLES = { changed: "here", added: "good", locked: "warn" };

export const Icon = ({ name }) => (
  <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    <path d={DRAWN[name]} fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" />
  </svg>
);

export const Standing = ({ one, say }) => (
  <>
    <span class={`state standing state-${STYLES[one.state] ?? "plain"}`}>
      <Icon name={one.state} />
      {one.words}
    </span>
    {one.drafted && <span class="state state-here">{say.drafted}</span>}
  </>
);

// Keeps what is being typed; takes what the server says as soon as nobody is typing there.
export function Typed({ value, onType, onLeave, long, ...rest }) {
  const [text, setText] = useState(value);
  const typing = useRef(false);
  useEffect(() => {
    if (!typing.current) setText(value);
  }, [value]);
  const Tag = long ? "textarea" : "input";
  return (
    <Tag
      {...rest}
      value={text}
      onBlur={() => {
        typing.current = false;
        onLeave?.();
      }}
      onInput={(event) => {
        typing.current = true;
        setText(event.currentTarget.value);
        onType(event.currentTarget.value);
      }}
    />
  );
}

export const fill = (sentence, facts) => sentence.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
