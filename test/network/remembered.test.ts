import { remembered } from '../../src/network/remembered.js'

test('a text is read once, undefined answers too', () => {
  const read = jest.fn((text: string) => (text === 'none' ? undefined : text.length))
  const reading = remembered(read)
  for (const text of ['none', 'ab', 'none', 'ab']) reading(text)
  expect(read).toHaveBeenCalledTimes(2)
  expect([reading('none'), reading('ab')]).toEqual([undefined, 2])
})

test('a long text is read each time, and a flood of texts begins anew', () => {
  const read = jest.fn((text: string) => text.length)
  const reading = remembered(read)
  const long = 'x'.repeat(111)
  expect([reading(long), reading(long), read.mock.calls.length]).toEqual([111, 111, 2])
  reading('first')
  for (let index = 0; index < 256; index += 1) reading(String(index))
  read.mockClear()
  reading('first')
  expect(read).toHaveBeenCalledTimes(1)
})
