// "/" goes to the search field (C2), unless the person is typing or has switched shortcuts off.
export function watchShortcuts(root) {
  const search = root.querySelector("[data-shortcut='/']");
  if (!search) return;
  root.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    search.focus();
  });
}
