// Style sheets are bundled beside the script; a module gets nothing from them.
declare module '*.css' {}
