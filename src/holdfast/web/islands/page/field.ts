/** A field of a form that saves as it is left. */

export type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** What the page answers to a saved field, or to what has changed. */
export interface Answer {
  message?: string;
  now?: string;
  version?: number;
  by?: string;
  drawn?: string;
  fields?: Record<string, string>;
  colours?: Record<string, number>;
}

export function valueOf(field: Field): string {
  if (field instanceof HTMLInputElement && field.type === "checkbox") return field.checked ? "on" : "";
  return field.value;
}

/** What the page came with, whatever was chosen before this program began. */
export function givenOf(field: Field): string {
  if (field instanceof HTMLSelectElement) {
    const given = [...field.options].find((one) => one.defaultSelected) ?? field.options[0];
    return given?.value ?? "";
  }
  if (field instanceof HTMLInputElement && field.type === "checkbox") return field.defaultChecked ? "on" : "";
  return field.defaultValue;
}

/** Shows what is wrong with a field beside it; an empty text takes that away. */
export function settle(field: Field, wrong: string): void {
  const id = `${field.id}_wrong`;
  document.getElementById(id)?.remove();
  field.toggleAttribute("aria-invalid", wrong !== "");
  if (!wrong) return;
  const said = document.createElement("p");
  said.id = id;
  said.className = "error";
  said.textContent = wrong;
  field.after(said);
}
