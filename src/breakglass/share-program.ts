// A small program in the README of a destination: with Python and the reference implementation of SLIP-39 it joins custodians'
// shares to the age key, without Orbit. It writes the key in Bech32, as age reads it.

/** Stands before each of its lines in the README. */
export const sharePrefix = '  | ';

/** Its lines, for so many shares. */
export function shareProgram(threshold: number): string[] {
  return `import os
from getpass import getpass
from shamir_mnemonic.shamir import combine_mnemonics

key = combine_mnemonics([getpass(f"Share {n}: ") for n in range(1, ${threshold + 1})])
name, letters = "age-secret-key-", "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
masks = 0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3

def check(values):
    sum = 1
    for value in values:
        top, sum = sum >> 25, (sum & 0x1FFFFFF) << 5 ^ value
        for bit, mask in enumerate(masks):
            sum ^= mask if top >> bit & 1 else 0
    return sum ^ 1

data = [(int.from_bytes(key, "big") << 4) >> 5 * n & 31 for n in range(51, -1, -1)]
head = [ord(c) >> 5 for c in name] + [0] + [ord(c) & 31 for c in name]
sum = check(head + data + [0] * 6)
data += [sum >> 5 * n & 31 for n in range(5, -1, -1)]
os.umask(0o077)
with open("recovery-key.txt", "w") as file:
    file.write((name + "1" + "".join(letters[n] for n in data)).upper() + "\\n")`.split('\n');
}
