// When an element shows, as a sentence made of lists: « Afficher si Permis est Non et Âge est au moins 18 ».
import { useEffect, useState } from "preact/hooks";
import { Standing, fill } from "./parts.jsx";

const SEVERAL = new Set(["est", "n_est_pas", "contient", "ne_contient_pas"]);
const SILENT = new Set(["repond", "ne_repond_pas"]);
const MOST = 6;

export function Condition({ store, state, item }) {
  const { say } = store;
  const [draft, setDraft] = useState(null); // parts being chosen, not complete yet
  const [problem, setProblem] = useState("");
  const known = item.condition;
  useEffect(() => setDraft(null), [JSON.stringify(known)]);
  if (item.coming) return null;
  const editable = item.conditionStanding?.editable && state.mayChange;
  const parts = draft?.parts ?? known?.parts ?? [];
  const link = draft?.link ?? known?.link ?? "et";
  const offered = state.order
    .map((uid) => state.items[uid])
    .filter((one) => one.sort && one.uid !== item.uid && one.container !== item.uid);

  const keep = (next) => {
    setProblem("");
    setDraft(next);
    if (!next.parts.every((part) => isWhole(part, state))) return;
    const fields = { action: "condition", element: item.uid, lien: next.link };
    next.parts.forEach((part, rank) => {
      fields[`sur-${rank}`] = part.on;
      fields[`comparaison-${rank}`] = part.comparison;
      fields[`valeur-${rank}`] = part.given;
    });
    store.send(fields);
    store.queue.at(-1).failed = (told) => setProblem(told.message);
  };
  const change = (rank, changes) =>
    keep({ link, parts: parts.map((part, place) => (place === rank ? { ...part, ...changes } : part)) });

  return (
    <section class="ed-part" aria-labelledby="ed-condition">
      <h3 id="ed-condition">{say.condition}</h3>
      <div class="prop-state">
        <Standing one={item.conditionStanding} say={say} />
        {item.conditionStanding.why && <span class="quiet">{item.conditionStanding.why}</span>}
        {item.conditionStanding.state === "changed" && editable && (
          <button
            type="button"
            class="btn-plain"
            onClick={() => store.send({ action: "retablir", element: item.uid, prop: "rule" })}
          >
            {say.restore}
            <span class="visually-hidden"> {say.condition}</span>
          </button>
        )}
      </div>
      <p class="mb-2">{item.sentence || say.always}</p>
      {known && !known.readable && !draft && <p class="quiet">{say.written}</p>}
      {problem && (
        <p class="text-danger" role="alert">
          {problem}
        </p>
      )}
      {editable && (
        <>
          {parts.map((part, rank) => (
            <Part
              key={rank}
              rank={rank}
              part={part}
              link={link}
              offered={offered}
              state={state}
              store={store}
              onLink={(next) => keep({ link: next, parts })}
              onChange={(changes) => change(rank, changes)}
              onRemove={() => {
                keep({ link, parts: parts.filter((_, place) => place !== rank) });
                document.getElementById("ed-more")?.focus();
              }}
            />
          ))}
          {parts.length < MOST && offered.length > 0 && (
            <button
              type="button"
              id="ed-more"
              class="btn btn-outline-primary btn-sm"
              onClick={() => {
                setDraft({ link, parts: [...parts, { on: "", comparison: "", given: [] }] });
                const rank = parts.length;
                requestAnimationFrame(() => document.getElementById(`ed-on-${rank}`)?.focus());
              }}
            >
              {parts.length ? say.addCondition : say.showIf}
            </button>
          )}
        </>
      )}
    </section>
  );
}

const isWhole = (part, state) =>
  Boolean(part.on && part.comparison && state.items[part.on] && (SILENT.has(part.comparison) || part.given.some((one) => one !== "")));

function Part({ rank, part, link, offered, state, store, onLink, onChange, onRemove }) {
  const { say } = store;
  const looked = state.items[part.on];
  const fitting = looked ? store.words.fitting[looked.sort] : [];
  const choices = looked ? (looked.list ? state.lists[looked.list]?.values ?? [] : looked.choices) : [];
  const several = SEVERAL.has(part.comparison) && looked?.sort !== "boolean";
  const id = (name) => `ed-${name}-${rank}`;
  return (
    <fieldset class="ed-if">
      <legend class={rank ? "visually-hidden" : "fs-6 mb-1"}>{rank ? fill(say.part, { rank: rank + 1 }) : say.showIf}</legend>
      {rank > 0 && (
        <>
          <label class="visually-hidden" for={id("link")}>
            {say.link}
          </label>
          <select id={id("link")} class="form-select form-select-sm ed-link" value={link} onChange={(event) => onLink(event.currentTarget.value)}>
            <option value="et">{say.and}</option>
            <option value="ou">{say.or}</option>
          </select>
        </>
      )}
      <label class="visually-hidden" for={id("on")}>
        {say.question}
      </label>
      <select
        id={id("on")}
        class="form-select form-select-sm"
        value={part.on}
        onChange={(event) => {
          const on = event.currentTarget.value;
          const sort = state.items[on]?.sort;
          onChange({ on, comparison: sort ? store.words.fitting[sort][0] : "", given: [] });
        }}
      >
        <option value="">{say.chooseQuestion}</option>
        {offered.map((one) => (
          <option key={one.uid} value={one.uid}>
            {one.label}
          </option>
        ))}
      </select>
      {looked && (
        <>
          <label class="visually-hidden" for={id("comparison")}>
            {say.comparison}
          </label>
          <select
            id={id("comparison")}
            class="form-select form-select-sm"
            value={part.comparison}
            onChange={(event) => onChange({ comparison: event.currentTarget.value })}
          >
            {fitting.map((code) => (
              <option key={code} value={code}>
                {store.words.comparisons[code]}
              </option>
            ))}
          </select>
          {!SILENT.has(part.comparison) && (
            <>
              <label class="visually-hidden" for={id("value")}>
                {say.value}
              </label>
              {choices.length > 0 ? (
                <>
                  <select
                    id={id("value")}
                    class="form-select form-select-sm"
                    value={several ? "" : (part.given[0] ?? "")}
                    onChange={(event) => {
                      const code = event.currentTarget.value;
                      if (code) onChange({ given: several ? [...new Set([...part.given, code])] : [code] });
                    }}
                  >
                    <option value="">{several && part.given.length ? say.orElse : say.chooseValue}</option>
                    {choices.map(([code, label]) => (
                      <option key={code} value={code}>
                        {label}
                      </option>
                    ))}
                  </select>
                  {several && part.given.length > 0 && (
                    <ul class="ed-chips">
                      {part.given.map((code) => {
                        const label = choices.find(([other]) => other === code)?.[1] ?? code;
                        return (
                          <li key={code}>
                            {label}
                            <button type="button" class="btn-plain" onClick={() => onChange({ given: part.given.filter((one) => one !== code) })}>
                              {say.remove}
                              <span class="visually-hidden"> « {label} »</span>
                            </button>
                          </li>
                        );
                      })}
                    </ul>
                  )}
                </>
              ) : (
                <input
                  id={id("value")}
                  class="form-control form-control-sm"
                  value={part.given[0] ?? ""}
                  inputMode={looked.sort === "number" ? "decimal" : undefined}
                  autoComplete="off"
                  onChange={(event) => onChange({ given: [event.currentTarget.value] })}
                />
              )}
            </>
          )}
        </>
      )}
      <button type="button" class="btn-plain" onClick={onRemove}>
        {say.removeCondition}
        <span class="visually-hidden"> {rank + 1}</span>
      </button>
    </fieldset>
  );
}
