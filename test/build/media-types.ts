// An entry of its own, to be bundled and compared.
export { detectExtension, detectMimeType } from 'nodemailer/lib/mime-funcs';
