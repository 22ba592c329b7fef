// A new question: its type guessed from its label, and what the network already asks proposed first.
import { useEffect, useRef, useState } from "preact/hooks";
import { added } from "./model.js";
import { fill } from "./parts.jsx";

const EMPTY = { label: "", type: "text", liste: "", help: "", obligation: "none", sensibilite: "personal", conservation: "P24M" };
const PAUSE = 250; // ms after the last key before the catalogue is asked

export function Adding({ store, state }) {
  const { say, words, adding } = store;
  const [one, setOne] = useState({ ...EMPTY, finalite: words.purposes[0] ?? "" });
  const [known, setKnown] = useState([]);
  const [problems, setProblems] = useState({});
  const [taken, setTaken] = useState(null);
  const chosen = useRef(false);
  const label = useRef(null);
  const heading = state.items[adding.after] ?? state.items[adding.container];
  useEffect(() => label.current?.focus(), [adding]);
  useEffect(() => {
    const asked = one.label.trim();
    const timer = setTimeout(async () => {
      if (asked.length < 3) return setKnown([]);
      const answer = await fetch(`${store.addresses.catalogue}?label=${encodeURIComponent(asked)}`).catch(() => null);
      if (!answer?.ok) return;
      const told = await answer.json();
      setKnown(told.known);
      if (!chosen.current) setOne((now) => ({ ...now, type: told.type }));
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [one.label]);

  const set = (changes) => setOne((now) => ({ ...now, ...changes }));
  const take = (found) => {
    chosen.current = true;
    setTaken(found);
    set({
      label: found.label,
      type: found.type,
      liste: found.list_key,
      help: found.help,
      sensibilite: found.sensitivity || "none",
      finalite: found.purpose || one.finalite,
      conservation: found.retention || one.conservation,
    });
    label.current.focus();
  };
  const bound = taken?.bind && taken.type === one.type && taken.list_key === one.liste ? taken : null;
  const submit = (event) => {
    event.preventDefault();
    const { container, after } = adding;
    const temporary = `venir-${Date.now()}`;
    const fields = { action: "ajouter", ...one, dans: container, apres: after, donnee: bound?.bind ?? "", notion: bound?.concept ?? "" };
    store.send(fields, one.label.trim() ? (seen) => added(seen, temporary, one.label.trim(), container, after) : null, (told) => {
      store.focusElement = true;
      store.select(told.uid);
    });
    store.queue.at(-1).failed = (told) => {
      setProblems(told.problems ?? { label: told.message });
      requestAnimationFrame(() => document.querySelector("#ed-adding [aria-invalid=true]")?.focus());
    };
  };
  const near = known.find((found) => found.near);
  const field = { one, set, problems };
  return (
    <form id="ed-adding" onSubmit={submit} noValidate onKeyDown={(event) => event.key === "Escape" && store.add(null)}>
      <h2>{say.newQuestion}</h2>
      <p class="quiet">
        {heading && fill(adding.after ? say.after : say.inside, { label: heading.label })}
      </p>
      <Field name="label" label={say.label} {...field}>
        {(shared) => <input {...shared} ref={label} class="form-control" autoComplete="off" />}
      </Field>
      {known.length > 0 && (
        <section class="ed-part" aria-labelledby="ed-known">
          <h3 id="ed-known">{near ? fill(say.nearly, { label: near.label }) : say.known}</h3>
          <ul class="ed-known">
            {known.map((found) => (
              <li key={`${found.label} ${found.bind}`}>
                <button type="button" class="btn-plain" onClick={() => take(found)}>
                  {fill(say.take, { label: found.label })}
                </button>
                <span class="quiet small">
                  {found.typeName} · {found.used} · {found.forms.slice(0, 2).join(", ")}
                </span>
                {found.asked && <span class="small d-block">{fill(say.asked, { label: found.asked })}</span>}
              </li>
            ))}
          </ul>
        </section>
      )}
      {bound && !bound.asked && <p class="small">{say.shared}</p>}
      <Choose name="type" label={say.type} choices={words.types} {...field} onChosen={() => (chosen.current = true)} />
      {(one.type === "choice" || one.type === "choices") && (
        <Choose name="liste" label={say.list} choices={[["", say.chooseList], ...words.lists]} {...field} />
      )}
      <Choose name="obligation" label={say.answer} choices={words.obligations} {...field} />
      <Choose name="sensibilite" label={say.personal} choices={words.sensitivities} {...field} />
      {one.sensibilite !== "none" && (
        <>
          <Field name="finalite" label={say.purpose} {...field}>
            {(shared) => <input {...shared} class="form-control" autoComplete="off" list="ed-purposes" />}
          </Field>
          <datalist id="ed-purposes">
            {words.purposes.map((purpose) => (
              <option key={purpose} value={purpose} />
            ))}
          </datalist>
          <Choose name="conservation" label={say.kept} choices={words.retentions} {...field} />
        </>
      )}
      <div class="d-flex flex-wrap gap-2">
        <button type="submit" class="btn btn-primary">
          {say.addToDraft}
        </button>
        <button type="button" class="btn btn-outline-primary" onClick={() => store.add(null)}>
          {say.cancel}
        </button>
      </div>
    </form>
  );
}

function Field({ name, label, one, set, problems, children }) {
  const id = `ed-new-${name}`;
  const problem = problems[name];
  return (
    <div class="mb-3">
      <label class="form-label mb-1" for={id}>
        {label}
      </label>
      {problem && (
        <div class="invalid-feedback d-block" id={`${id}-erreur`}>
          {problem}
        </div>
      )}
      {children({
        id,
        value: one[name],
        onInput: (event) => set({ [name]: event.currentTarget.value }),
        "aria-invalid": problem ? "true" : undefined,
        "aria-describedby": problem ? `${id}-erreur` : undefined,
      })}
    </div>
  );
}

const Choose = ({ choices, onChosen, ...rest }) => (
  <Field {...rest}>
    {({ onInput, ...shared }) => (
      <select
        {...shared}
        class="form-select"
        onChange={(event) => {
          onChosen?.();
          onInput(event);
        }}
      >
        {choices.map(([code, label]) => (
          <option key={code} value={code}>
            {label}
          </option>
        ))}
      </select>
    )}
  </Field>
);
