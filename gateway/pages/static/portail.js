// Shows what the search finds while one types; without this script the form does the same on submit.
const field = document.querySelector("#q");
const shown = document.querySelector("#suggestions");
const WAIT_MS = 200;
let waiting, asking;

async function suggest() {
  asking?.abort();
  const words = field.value.trim();
  if (words.length < 2) {
    shown.replaceChildren();
    return;
  }
  asking = new AbortController();
  const question = new URLSearchParams(new FormData(field.form));
  try {
    const answer = await fetch(`/recherche?${question}`, { signal: asking.signal });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    shown.replaceChildren(...(page.querySelector("#resultats")?.childNodes ?? []));
  } catch (error) {
    if (error.name !== "AbortError") shown.replaceChildren();
  }
}

field?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(suggest, WAIT_MS);
});
