/* Passkey buttons show themselves where passkeys work, and say so where one did not. */
(function () {
  document.addEventListener('DOMContentLoaded', function () {
    for (const button of document.querySelectorAll('#passkey-login, #passkey-use, #passkey-add')) {
      button.hidden = !window.PublicKeyCredential
    }
  })
  document.addEventListener('allauth.error', function (event) {
    event.preventDefault()
    document.getElementById('passkey-trouble').hidden = false
    document.getElementById('passkey-address').hidden = event.detail.exception.name !== 'SecurityError'
  })
})()
