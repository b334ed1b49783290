// The pages work without this file. It keeps addresses short: a form leaves out its empty fields.
document.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) {
    if (value === "") formData.delete(name);
  }
});
