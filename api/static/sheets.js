// Questions that need more than one tap: a sheet over the page, and the list of everything else one can record.
// Facts are never refused here either: every field may stay empty.

export function otherThings(trip, door) {
  const visit = { visit: door?.visit };
  const both = { trip: trip.trip, ...visit };
  const street = door?.street ?? "";
  return [
    { label: "Raise a concern about a child", ask: "raise-concern", fields: both, street },
    { label: "What we found, child by child", ask: "record-outcome", fields: visit, street },
    { label: "We rang school", ask: "check-in", fields: both, street },
    { label: "999 was called", ask: "emergency-call", fields: both, street },
    { label: "Call off this door: not safe", ask: "cancel-for-safety", fields: visit, street },
    { label: "Call off this door: another reason", ask: "cancel-visit", fields: visit, street },
    { label: "Something else happened at a door", ask: "at-door", fields: visit, street },
    { label: "Write something down", ask: "keep-note", fields: visit, street },
    { label: "We are back at school", command: "return-to-school", fields: { trip: trip.trip, people: trip.people.map((one) => one.id) } },
  ];
}

function describe(choice, trip) {
  const { choices } = trip;
  const pupils = trip.doors.flatMap((door) => door.pupils);
  const pupil = { name: "pupil", label: "Which child?", options: pupils.map((one) => [one.id, one.name]) };
  const at = choice.street ? `: ${choice.street}` : "";
  switch (choice.ask) {
    case "enter-home":
      return { title: `Going inside${at}`, says: "Who is at home?", each: ["adult", choices.adults], extra: { invited: true }, tapped: "Went inside" };
    case "check-in":
      return { title: "We rang school", says: "Which call was it?", each: ["when", choices.check_ins], tapped: "Rang school" };
    case "emergency-call":
      return { title: "999 was called", says: "Which service?", each: ["service", choices.services], tapped: "999 called" };
    case "record-outcome":
      return { title: `What we found${at}`, inputs: [pupil, { name: "outcome", label: "What did you find?", options: choices.outcomes }], tapped: "Outcome" };
    case "raise-concern":
      return {
        title: "Raise a concern",
        says: "The DSL reads this. Write what you saw and heard.",
        inputs: [
          { ...pupil, name: "pupils", many: true, options: [...pupil.options, ["", "Another child"]] },
          { name: "category", label: "What is it about?", options: choices.concerns },
          { name: "text", label: "What did you see or hear?", area: true },
        ],
        tapped: "Concern raised",
      };
    case "cancel-for-safety":
      return {
        title: `Call off${at}: not safe`,
        inputs: [
          { name: "kind", label: "What made it unsafe?", options: choices.safety_kinds },
          { name: "reason", label: "What happened?", area: true },
        ],
        tapped: "Called off, not safe",
      };
    case "cancel-visit":
      return {
        title: `Call off${at}`,
        inputs: [
          { name: "reason", label: "Why?", options: choices.cancel_reasons },
          { name: "text", label: "Anything to add?", area: true },
        ],
        tapped: "Called off",
      };
    case "keep-note":
      return { title: "Write something down", inputs: [{ name: "text", label: "Note", area: true }], tapped: "Note" };
    case "at-door":
      return {
        title: "Something else happened at a door",
        inputs: [
          { name: "visit", label: "Which door?", options: trip.doors.map((door) => [door.visit, door.street]) },
          { name: "command", label: "What happened?", options: AT_DOOR },
        ],
        tapped: "",
      };
    default:
      throw new Error(`no sheet called ${choice.ask}`);
  }
}

const AT_DOOR = [
  ["arrive", "Arrived"],
  ["no-answer", "No answer"],
  ["enter-home", "Went inside"],
  ["leave-property", "Left the house"],
];

export function openSheet(dialog, choice, { trip, tap }) {
  const sheet = describe(choice, trip);
  const title = make("h2", "govuk-heading-m", sheet.title);
  title.id = "sheet-title";
  const parts = [title];
  if (sheet.says) parts.push(make("p", "govuk-body", sheet.says));
  if (sheet.each) {
    const [name, options] = sheet.each;
    for (const [value, words] of options) {
      const button = make("button", "govuk-button govuk-button--secondary ds-wide-button", words);
      button.type = "button";
      button.addEventListener("click", () => {
        dialog.close();
        const label = `${sheet.tapped}${choice.street ? `, ${choice.street}` : ""}: ${words}`;
        tap({ label, command: choice.ask, fields: { ...choice.fields, ...sheet.extra, [name]: value } });
      });
      parts.push(button);
    }
  } else {
    parts.push(formOf(dialog, choice, sheet, { trip, tap }));
  }
  const close = make("button", "govuk-button govuk-button--secondary ds-wide-button", "Cancel");
  close.type = "button";
  close.addEventListener("click", () => dialog.close());
  // The sheet lies over the page's own "Not safe": it is one tap away here too.
  const danger = make("button", "govuk-button govuk-button--warning ds-wide-button", "Not safe");
  danger.type = "button";
  danger.addEventListener("click", () => {
    dialog.close();
    document.getElementById("not-safe").click();
  });
  dialog.replaceChildren(...parts, close, danger);
  dialog.showModal();
}

function formOf(dialog, choice, sheet, { trip, tap }) {
  const form = make("form", "", "");
  for (const input of sheet.inputs) form.append(fieldOf(input, choice.fields[input.name]));
  form.append(make("button", "govuk-button ds-large", "Record it"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = Object.fromEntries(new FormData(form));
    let command = choice.ask;
    let tapped = sheet.tapped;
    if (command === "at-door") {
      command = said.command;
      tapped = AT_DOOR.find(([name]) => name === command)[1];
      delete said.command;
    }
    if (sheet.inputs.some((input) => input.many)) said.pupils = said.pupils ? [said.pupils] : [];
    const street = trip.doors.find((door) => door.visit === said.visit)?.street ?? choice.street;
    const words = sheet.inputs.filter((input) => input.name === "outcome" || input.name === "pupil");
    const chosen = words.map((input) => input.options.find(([value]) => value === said[input.name])?.[1]).filter(Boolean);
    const label = [tapped, street, ...chosen].filter(Boolean).join(", ");
    dialog.close();
    tap({ label, command, fields: { ...choice.fields, ...said } });
  });
  return form;
}

function fieldOf({ name, label, options, area }, value) {
  const group = make("div", "govuk-form-group", "");
  const id = `sheet-${name}`;
  const caption = make("label", "govuk-label", label);
  caption.htmlFor = id;
  const field = make(options ? "select" : area ? "textarea" : "input", options ? "govuk-select" : area ? "govuk-textarea" : "govuk-input", "");
  field.id = id;
  field.name = name;
  if (area) field.rows = 4;
  for (const [choice, words] of options ?? []) field.append(new Option(words, choice, false, choice === value));
  group.append(caption, field);
  return group;
}

function make(name, className, words) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.textContent = words;
  return element;
}
