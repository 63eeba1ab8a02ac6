// The request as a line for a shell.

const quote = (s) => `'${s.replaceAll("'", `'\\''`)}'`;

/** curl sends a row as a form, so that a picture is a file's name. */
export function curl(form, origin) {
  const parts = [`curl ${origin}/v1/predict`];
  for (const input of form.inputs) {
    if (input.leftOut) continue;
    for (const field of input.fields) {
      const value = field.value();
      if (value === null) continue;
      const name = field.column.name;
      if (field.file) parts.push(`-F ${quote(`${name}=@"${field.file.name.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`)}`);
      else parts.push(`--form-string ${quote(`${name}=${value}`)}`);
    }
  }
  return parts.length > 1 ? parts.join(" \\\n  ") : `${parts[0]} --form-string 'column=value' -F 'image=@file.png'`;
}
