// A number as a tel: or sms: link wants it; the same as the `tel` filter of api/pages/templating.py.
export function dialled(number) {
  const abroad = number.trim().startsWith("+");
  return (abroad ? number.replace("(0)", "") : number).replace(/[^+0-9]/g, "");
}
