import type { Engine } from "./address.ts";

/**
 * Parameters for the app's own connections: pools, timeouts, caches, encodings, names. They do not affect seaworthy, which
 * ignores them silently. In canonical form, see parts.ts.
 */
const common = `applicationname adapter autoreconnect charset checkouttimeout clientencoding clientflag collation
  conn connectattempts connectionlimit connectiontimeout connectionurl connecttimeout connhealthchecks connmaxage
  connmaxidletime connmaxlifetime encoding idletimeout keepalive keepalives keepalivescount keepalivesidle
  keepalivesinterval logintimeout maxconnections maxconns maxidleconns maxlifetime maxopenconns maxpoolsize minconns
  minpoolsize pgbouncer pool poolmaxconns poolmaxconnidletime poolmaxconnlifetime poolminconns poolhealthcheckperiod
  poolrecycle poolsize pooltimeout maxoverflow preparedstatements preparedstatementcachesize querytimeout reapingfrequency
  reconnect retry schemacachepath serverversion sockettimeout statementcachecapacity statementcachesize
  statementlimit statementtimeout strategy supa tcpkeepalive timeout timezone tz variables workaround`;

const byEngine: Readonly<Record<Engine, string>> = {
  postgres: `advisorylocks allowencodingchanges assumeminserverversion autosave binary binarytransfer cleanupsavepoints
    connecttimeoutms defaultqueryexecmode defaultrowfetchsize defaulttransactionisolation descriptioncachecapacity
    fallbackapplicationname gssdelegation gsslib idleintransactionsessiontimeout insertreturning krbsrvname loadbalancehosts
    lockTimeout maxprotocolversion minmessages minprotocolversion options preferquerymode preparethreshold
    preparedstatementcachequeries preparedstatementcachesizemib prepare quoteidentifiers readonly rewritebatchedinserts
    loglevel sslcompression stringtype tcpusertimeout unknownlength uselibpqcompat workmem jit fetchtypes debug`,
  mysql: `allowallfiles allowcleartextpasswords allowfallbacktoplaintext allowloadlocalinfile allowmultiqueries
    allownativepasswords allowoldpasswords allowpublickeyretrieval authplugin authplugins autocommit bignumberstrings binaryprefix
    cachecallablestmts cacheprepstmts cacheresultsetmetadata cacheserverconfiguration characterencoding
    checkconnliveness clientfoundrows columnswithalias compress compression connectionattributes connectionattrs connectionattributes
    connectioncollation conv datestrings decimalnumbers defaultauth defaultfile elidesetautocommits enablekeepalive
    enablequerytimeouts failoverreadonly flags getserverpublickey initcommand initsql insecureauth interpolateparams
    jsonstrings keepaliveinitialdelay loc localinfile maintaintimestats maxallowedpacket maxidle maxreconnects
    multiplestatements multistatements namedplaceholders netbuffer nullcatalogmeanscurrent parsetime permitmysqlscheme prepareshreshold
    prepstmtcachesize prepstmtcachesqllimit queuelimit readdefaultfile readdefaultgroup readonly readtimeout rejectreadonly
    restrictedauth rewritebatchedstatements rowsasarray serverpubkey servertimezone sessionvariables sqlmode statementpoolsize stringifyobjects
    supportbignumbers tcpnodelay tinyint1isbit trace typecast unicode usebulkstmts usecompression usecursorfetch
    uselegacydatetimecode uselocalsessionstate useserverprepstmts usetimezone useunicode waitforconnections
    wait writetimeout zerodatetimebehavior forceconnectiontimezonetosession preserveinstants yearisdatetype
    useinformationschema usemysqlmetadata maxperformance xmultistatements maxattempts transactionisolation`,
  sqlite: `autovacuum busytimeout cache cached checksamethread dateclass dateformat datestringformat defertransaction
    detecttypes enableloadextension fk foreignkeys fullfsync isolationlevel journalmode journalsizelimit loc
    lockingmode mmapsize pragma psow synchronous txlock txmode uri writableschema`,
  redis: `abortconnect allowadmin clientid clientname connectretry db database decoderesponses dialtimeout family
    healthcheckinterval identitysuffix keyprefix lazyconnect libname libver maxactiveconns maxretries maxretriesperrequest
    maxretrybackoff minidleconns minretrybackoff poolfifo prefix protocol readfrom readtimeout retryontimeout
    skipverify socketconnecttimeout socketkeepalive sockettimeoutms synctimeout virtualhost writetimeout`,
};

/** Whether a parameter, in canonical form, is only for the app. All of golang-migrate's begin with `x-`. */
export function isForTheApp(engine: Engine, name: string, written: string): boolean {
  if (/^x-/i.test(written)) return true;
  return `${common} ${byEngine[engine]}`.toLowerCase().split(/\s+/).includes(name);
}
