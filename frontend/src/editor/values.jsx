// The values of the list a question offers, and one more in two interactions.
import { useRef, useState } from "preact/hooks";
import { fill } from "./parts.jsx";

export function Values({ store, list, state }) {
  const { say } = store;
  const { title, values, address } = state.lists[list];
  const [label, setLabel] = useState("");
  const [problem, setProblem] = useState("");
  const input = useRef(null);
  const add = (event) => {
    event.preventDefault();
    const one = label.trim();
    const fields = { action: "ajouter", "dans-liste": list, label: one, apres: values.at(-1)?.[0] ?? "" };
    const foresee = (seen) => ({
      ...seen,
      lists: { ...seen.lists, [list]: { ...seen.lists[list], values: [...seen.lists[list].values, ["", one]] } },
    });
    setProblem("");
    store.send({ ...fields }, one ? foresee : null);
    const sent = store.queue.at(-1);
    if (sent) {
      sent.then = () => setLabel("");
      sent.failed = (told) => setProblem(told.message);
    }
    input.current.focus();
  };
  return (
    <section class="ed-part" aria-labelledby="ed-values">
      <h3 id="ed-values">{fill(say.listOf, { title })}</h3>
      <ul class="ed-values" tabIndex={0} aria-labelledby="ed-values">
        {values.map(([code, text]) => (
          <li key={code || text}>{text}</li>
        ))}
      </ul>
      {state.mayChange && (
        <form onSubmit={add} noValidate>
          <label class="form-label mb-1" for="ed-value">
            {say.addValue}
          </label>
          {problem && (
            <div class="invalid-feedback d-block" id="ed-value-erreur">
              {problem}
            </div>
          )}
          <div class="d-flex gap-2">
            <input
              class="form-control"
              id="ed-value"
              ref={input}
              value={label}
              autoComplete="off"
              aria-describedby={problem ? "ed-value-erreur" : undefined}
              onInput={(event) => setLabel(event.currentTarget.value)}
            />
            <button type="submit" class="btn btn-primary">
              {say.add}
            </button>
          </div>
        </form>
      )}
      <p class="small mt-1">
        <a class="ed-more" href={address}>{say.openList}</a>
      </p>
    </section>
  );
}
