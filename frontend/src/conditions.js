// Judges the conditions of forms in the browser: a closed subset of JSON Schema, no eval, no dependency.
// The server judges the same subset (engines/forms/conditions.py); shared vectors hold both to it.
// `undefined` is an absent answer: it meets no positive keyword, only `not` and what combines it.

const isNumber = (v) => typeof v === "number";
const isText = (v) => typeof v === "string";
const isObject = (v) => v !== null && typeof v === "object" && !Array.isArray(v);
const has = (o, key) => Object.prototype.hasOwnProperty.call(o, key);

export function same(a, b) {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((v, i) => same(v, b[i]));
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((k) => has(b, k) && same(a[k], b[k]));
  }
  return a === b;
}

const types = {
  string: isText,
  number: isNumber,
  integer: Number.isInteger,
  boolean: (v) => typeof v === "boolean",
  array: Array.isArray,
  object: isObject,
  null: (v) => v === null,
};

// A bound says nothing about a value of another type, and an absent answer does not meet it.
const bound = (fits, size, compare) => (n, v) => v !== undefined && (!fits(v) || compare(size(v), n));
const itself = (v) => v;
const points = (v) => [...v].length;
const count = (v) => v.length;
const least = (a, b) => a >= b;
const most = (a, b) => a <= b;

const judges = {
  const: (expected, v) => v !== undefined && same(v, expected),
  enum: (expected, v) => v !== undefined && expected.some((each) => same(v, each)),
  type: (names, v) => [].concat(names).some((name) => has(types, name) && types[name](v)),
  required: (names, v) => v !== undefined && (!isObject(v) || names.every((name) => has(v, name))),
  properties: (parts, v) =>
    v !== undefined && (!isObject(v) || Object.keys(parts).every((k) => !has(v, k) || holds(parts[k], v[k]))),
  contains: (part, v, schema) => {
    if (!Array.isArray(v)) return v !== undefined;
    const n = v.filter((item) => holds(part, item)).length;
    return n >= (schema.minContains ?? 1) && n <= (schema.maxContains ?? v.length);
  },
  minimum: bound(isNumber, itself, least),
  maximum: bound(isNumber, itself, most),
  exclusiveMinimum: bound(isNumber, itself, (a, b) => a > b),
  exclusiveMaximum: bound(isNumber, itself, (a, b) => a < b),
  minLength: bound(isText, points, least),
  maxLength: bound(isText, points, most),
  minItems: bound(Array.isArray, count, least),
  maxItems: bound(Array.isArray, count, most),
  not: (part, v) => !holds(part, v),
  allOf: (parts, v) => parts.every((part) => holds(part, v)),
  anyOf: (parts, v) => parts.some((part) => holds(part, v)),
};

export function holds(schema, value) {
  if (typeof schema === "boolean") return schema;
  return Object.keys(schema).every((key) => !has(judges, key) || judges[key](schema[key], value, schema));
}

// Turns what a field holds into a value: `texts` are the values of the checked or filled controls of one name.
export function read(as, texts) {
  const filled = texts.map((text) => text.trim()).filter((text) => text !== "");
  if (as === "list") return filled;
  if (as === "json-list") return filled.map((text) => JSON.parse(text));
  if (!filled.length) return undefined;
  const [text] = filled;
  if (as === "json") return JSON.parse(text);
  if (as === "boolean") return text === "true";
  if (as === "date") return text.replace(/^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$/, (_, d, m, y) => `${y}-${m.padStart(2, "0")}-${d.padStart(2, "0")}`);
  if (as === "number" || as === "cents") {
    const digits = text.replace(/[\s€]/g, "").replace(",", ".");
    if (!/^[+-]?\d{1,15}(\.\d{1,6})?$/.test(digits)) return undefined;
    return as === "cents" ? Math.round(Number(digits) * 100) : Number(digits);
  }
  return text;
}

// Conditions held together have one list of texts per part.
function isMet(rule, texts) {
  if (!rule.parts) return holds(rule.schema, read(rule.as, texts));
  const verdicts = rule.parts.map((part, i) => isMet(part, texts[i]));
  return rule.link === "and" ? verdicts.every(Boolean) : verdicts.some(Boolean);
}

// Tells whether an element shows and may be filled: {shown, enabled}.
export function judge(rule, texts) {
  const met = isMet(rule, texts);
  return {
    shown: rule.effect === "SHOW" ? met : rule.effect === "HIDE" ? !met : true,
    enabled: rule.effect === "ENABLE" ? met : rule.effect === "DISABLE" ? !met : true,
  };
}
