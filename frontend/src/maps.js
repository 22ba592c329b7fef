// A drawing larger than its frame opens on the step the run is at, rather than on its corner (C19).
export function watchMaps(root) {
  for (const drawing of root.querySelectorAll(".process-map")) {
    const show = () => {
      const here = drawing.querySelector(".map-here, .map-bad");
      if (!here) return;
      const step = here.getBoundingClientRect();
      const frame = drawing.getBoundingClientRect();
      drawing.scrollLeft += step.left + step.width / 2 - frame.left - frame.width / 2;
      drawing.scrollTop += step.top + step.height / 2 - frame.top - frame.height / 2;
    };
    drawing.closest("details")?.addEventListener("toggle", show);
    show();
  }
}
