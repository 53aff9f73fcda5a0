// Runs before the body is there, so that nothing jumps: tells the styles that scripts work.
document.documentElement.classList.add("js-enabled", "govuk-frontend-supported");
