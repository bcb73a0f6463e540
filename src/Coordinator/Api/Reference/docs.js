// The policy takes styles with this answer's nonce only; Scalar gives it to the first that it makes, and here to the others.
const nonce = document.querySelector("meta[property=csp-nonce]").nonce;
const create = Document.prototype.createElement;
Document.prototype.createElement = function (name, ...options) {
  const element = create.call(this, name, ...options);
  if (element instanceof HTMLStyleElement) {
    element.nonce = nonce;
  }

  return element;
};

// Nothing is asked of anybody but this coordinator, and a token that is typed here is gone with the page.
document.addEventListener("DOMContentLoaded", () =>
  Scalar.createApiReference("#reference", {
    url: "/openapi/v1.json",
    theme: "default",
    telemetry: false,
    withDefaultFonts: false,
    persistAuth: false,
    hideClientButton: true,
    showDeveloperTools: "never",
    agent: { disabled: true },
    mcp: { disabled: true },
    documentDownloadType: "direct",
    defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
    authentication: { preferredSecurityScheme: "token" },
  }),
);
