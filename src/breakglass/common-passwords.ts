// Words people make passwords of, most worn first, in English and Portuguese. Small letters, as the estimator compares.

/** What a guesser tries first. The place in the list counts: earlier means guessed sooner. */
export const commonWords: readonly string[] =
  `password senha admin qwerty iloveyou welcome letmein dragon monkey master sunshine princess football baseball
  shadow superman michael jordan ashley batman trustno login access secret changeme default orbit backup restore
  vault breakglass custodian recovery emergency server root toor system oracle cisco windows linux debian ubuntu
  postgres mysql security segurança seguranca acesso mestre administrador administrator usuario user guest test
  teste testing demo temp temporary mudar mudar123 trocar trocar123 brasil brazil brasilia flamengo corinthians palmeiras
  saopaulo santos vasco gremio cruzeiro atletico botafogo internacional deus jesus amor familia felicidade saudade
  mariana gabriel rafael lucas mateus pedro joao maria ana carlos eduardo fernando ricardo rodrigo bruno felipe
  gustavo leonardo amanda camila juliana patricia beatriz vitoria isabela daniel david thomas robert william charles
  james john joseph andrew matthew joshua jessica jennifer nicole hannah charlie jasmine michelle amanda samantha
  summer winter spring autumn verao inverno outono primavera january february march april june july august september
  october november december janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro
  monday tuesday wednesday thursday friday saturday sunday segunda terca quarta quinta sexta sabado domingo
  company empresa banco bank money dinheiro office escritorio computer computador internet network rede wifi
  hello world ola mundo good bom dia night noite morning love lovely forever angel freedom whatever nothing starwars
  pokemon pikachu naruto minecraft google facebook microsoft apple amazon samsung android iphone chocolate cookie
  cheese coffee cafe pepper ginger banana orange purple yellow silver golden diamond flower butterfly tigger killer
  hunter ranger soldier warrior king queen prince mustang ferrari porsche mercedes harley corvette yamaha hockey
  soccer tennis futebol liverpool chelsea arsenal barcelona madrid lisboa portugal porto benfica sporting
  correcthorsebatterystaple correct horse battery staple thequickbrownfox quick brown lazy jumps over
  qwertyuiop asdfghjkl zxcvbnm asdf zxcv qazwsx abc123 passw0rd p4ssw0rd contrasena passwort motdepasse
  aaaa abcd pass word key chave lock unlock open sesame abracadabra merlin gandalf matrix phoenix
  please letme enter private confidential confidencial supersecret top number numero one two three um dois tres`
    .split(/\s+/)
    .filter((word, index, all) => all.indexOf(word) === index);
