// A file of its own, because the site's Content-Security-Policy forbids inline scripts.
const viewer = document.querySelector("#viewer");

window.SwaggerUIBundle({
  url: viewer.dataset.schema,
  domNode: viewer,
  deepLinking: true,
  validatorUrl: null,
});
