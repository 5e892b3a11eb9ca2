// What a front-end does with the types made from the contract: a list, one element, a refusal read as a problem.
import createClient from 'openapi-fetch';
import type { paths } from './contrat.js';

const client = createClient<paths>({ baseUrl: process.env.PORTE ?? '' });

const list = await client.GET('/v1/fiches', { params: { query: { limite: 200 } } });
const titles: string[] = (list.data?.elements ?? []).map((fiche) => fiche.titre);
const one = await client.GET('/v1/fiches/{numero}', { params: { path: { numero: 11 } } });
const refused = await client.GET('/v1/fiches/{numero}', { params: { path: { numero: 99 } } });
const problem = refused.error;
console.log(JSON.stringify({
  fiches: titles.length,
  titre: one.data?.titre,
  code: problem && 'code' in problem ? problem.code : null,
}));
