import { Option } from 'commander'

/** `--local`, which a production install never gives. */
export function localOption(): Option {
  return new Option(
    '--local',
    'where NODE_ENV is unset, take development and its local defaults; `npm start` does',
  )
}
